import { describe, expect, test } from '@jest/globals';
import { AddressBook } from './addresses.js';
import { dnsAnswer } from './dns-answer.js';
import { serviceRules } from './service-rules.js';

function query(name: string, type: number): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const header = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1])]);
}
const lookup = (name: string) => (name === 'mariadb.openstack.svc' ? ['10.96.0.10', '10.96.0.11'] : undefined);
const answer = (name: string, type = 1) => dnsAnswer(query(name, type), lookup) ?? Buffer.alloc(0);

describe('answers about names', () => {
  test('every address of a name, whatever its case', () => {
    const found = answer('MariaDB.openstack.svc');
    expect(found.readUInt16BE(0)).toBe(0x1234);
    expect(found.readUInt16BE(6)).toBe(2);
    expect([...found.subarray(-4)]).toEqual([10, 96, 0, 11]);
  });

  test('a name without an address of the sort asked for is there all the same', () => {
    const found = answer('mariadb.openstack.svc', 28);
    expect([found.readUInt16BE(2) & 15, found.readUInt16BE(6)]).toEqual([0, 0]);
  });

  test('an unknown name is not', () => {
    expect(answer('other.svc').readUInt16BE(2) & 15).toBe(3);
  });

  test('what is no question has no answer', () => {
    expect(dnsAnswer(Buffer.from('hello'), lookup)).toBeUndefined();
    expect(dnsAnswer(query('a.b', 1).subarray(0, 16), lookup)).toBeUndefined();
  });
});

describe('addresses', () => {
  test('stay with their name and go on past the end of a network', () => {
    const book = new AddressBook();
    const first = book.of('pod', 'a');
    for (let index = 0; index < 250; index++) book.of('pod', `p${index}`);
    expect([first, book.of('pod', 'a'), book.of('pod', 'last')]).toEqual(['10.77.2.10', '10.77.2.10', '10.77.3.17']);
  });
});

describe('rules of Services', () => {
  test('send a port of a Service to the pod, and replace what was there', () => {
    const text = serviceRules([
      { address: '10.96.0.10', protocol: 'tcp', port: 80, pod: '10.77.2.10', podPort: 8080 },
      { address: '10.96.0.11', protocol: 'udp', port: 53, pod: '10.77.2.11', podPort: 53 },
    ]);
    expect(text).toContain(
      'elements = { 10.96.0.10 . tcp . 80 : 10.77.2.10 . 8080, 10.96.0.11 . udp . 53 : 10.77.2.11 . 53 }',
    );
    expect(text.indexOf('delete table ip services')).toBeLessThan(text.indexOf('map services'));
  });

  test('are valid without any Service', () => {
    expect(serviceRules([])).not.toContain('elements');
  });
});
