import { createSocket } from 'node:dgram';
import { dnsAnswer } from './dns-answer.js';

/** Answers questions for names of the cluster on a machine's own address, until the process ends. */
export function serveNames(address: string, lookup: (name: string) => readonly string[] | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.on('message', (query, from) => {
      const answer = dnsAnswer(query, lookup);
      if (answer !== undefined) socket.send(answer, from.port, from.address);
    });
    socket.bind(53, address, resolve);
  });
}
