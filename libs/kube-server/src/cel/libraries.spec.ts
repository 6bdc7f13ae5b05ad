import { describe, expect, it } from '@jest/globals';
import { ruleEnvironment } from './environment.js';
import { parseExpression } from './parse.js';

const environment = ruleEnvironment();

function evaluated(expression: string, self: unknown = {}): unknown {
  const { run, error } = parseExpression(environment, expression);
  if (run === undefined) throw new Error(`${expression} does not compile: ${error}`);
  return run({ self });
}

/** The examples of the documentation of k8s.io/apiserver/pkg/cel/library, and its edges. */
describe("Kubernetes' CEL libraries", () => {
  it.each([
    // addresses
    'ip("127.0.0.1").family() == 4 && ip("::1").family() == 6',
    'isIP("10.0.0.1") && isIP("2001:db8::abcd") && !isIP("10.0.0.01") && !isIP("fe80::1%eth0") && !isIP("x")',
    '!isIP("::ffff:1.2.3.4")',
    'ip.isCanonical("127.0.0.1") && ip.isCanonical("2001:db8::abcd") && !ip.isCanonical("2001:DB8::ABCD")',
    '!ip.isCanonical("2001:db8:0:0:0:0:0:1")',
    'ip("0.0.0.0").isUnspecified() && ip("::").isUnspecified() && !ip("127.0.0.1").isUnspecified()',
    'ip("127.255.0.1").isLoopback() && ip("::1").isLoopback() && !ip("128.0.0.1").isLoopback()',
    'ip("224.0.0.1").isLinkLocalMulticast() && ip("ff12::1").isLinkLocalMulticast() && !ip("224.0.1.1").isLinkLocalMulticast()',
    'ip("169.254.169.254").isLinkLocalUnicast() && ip("fe80::1").isLinkLocalUnicast()',
    'ip("192.168.0.1").isGlobalUnicast() && !ip("255.255.255.255").isGlobalUnicast() && !ip("ff02::1").isGlobalUnicast()',
    'ip("::1") == ip("0:0:0:0:0:0:0:1") && ip("10.0.0.1") != ip("10.0.0.2")',
    'string(ip("2001:DB8:0:0::1")) == "2001:db8::1"',
    // networks
    'isCIDR("192.168.0.0/16") && isCIDR("::/0") && !isCIDR("192.168.0.0/33") && !isCIDR("192.168.0.0/08") && !isCIDR("10.0.0.1")',
    'cidr("192.168.0.0/24").containsIP("192.168.0.7") && !cidr("192.168.0.0/24").containsIP(ip("192.168.1.7"))',
    '!cidr("10.0.0.0/8").containsIP("::a00:1")',
    'cidr("192.168.0.0/24").containsCIDR("192.168.0.0/25") && !cidr("192.168.0.0/24").containsCIDR(cidr("192.168.0.0/23"))',
    'cidr("192.168.1.9/24").ip() == ip("192.168.1.9") && cidr("192.168.1.9/24").masked() == cidr("192.168.1.0/24")',
    'cidr("2001:db8::/32").prefixLength() == 32 && string(cidr("2001:DB8::/32")) == "2001:db8::/32"',
    // URLs
    'url("https://user@example.com:8443/a%20b?x=1&x=2&y=").getHost() == "example.com:8443"',
    'url("https://[::1]:80/").getHostname() == "::1" && url("https://[::1]:80/").getPort() == "80"',
    'url("https://example.com/").getPort() == "" && url("/path").getScheme() == "" && url("/path").getHost() == ""',
    'url("https://example.com/a b".replace(" ", "%20")).getEscapedPath() == "/a%20b"',
    'url("https://h/?x=1&x=2&y").getQuery() == {"x": ["1", "2"], "y": [""]}',
    'isURL("HTTPS://h") && url("HTTPS://h").getScheme() == "https" && isURL("/a") && !isURL("../a") && !isURL("a b")',
    // formats
    '!format.dns1123Label().validate("my-label").hasValue() && format.dns1123Label().validate("My").hasValue()',
    'format.dns1123LabelPrefix().validate("my-").hasValue() == false && format.dns1035Label().validate("1a").hasValue()',
    'format.named("labelValue").value().validate("a b").value().size() == 1 && !format.named("nope").hasValue()',
    '!format.uuid().validate("f47ac10b-58cc-4372-a567-0e02b2c3d479").hasValue() && format.date().validate("2021-13-01").hasValue()',
    '!format.datetime().validate("2021-01-01T00:00:00Z").hasValue() && !format.byte().validate("aGVsbG8=").hasValue()',
    'format.uri().validate("not a uri").hasValue() && !format.qualifiedName().validate("apps/v1").hasValue()',
    '!format.dns1123Subdomain().validate("a.b").hasValue()',
    // sets
    'sets.contains(["a", "b"], ["b"]) && !sets.contains(["a"], ["b"]) && sets.contains([], [])',
    'sets.equivalent([1, 2, 2], [2, 1]) && !sets.equivalent([1], [1, 2])',
    'sets.intersects([[1], [2]], [[2]]) && !sets.intersects([], [1])',
    // quantities
    'quantity("50k").isInteger() && quantity("50k").asInteger() == 50000 && !quantity("0.5").isInteger()',
    'quantity("50k").add(20) == quantity("50020") && quantity("1Gi").sub(quantity("1Mi")) == quantity("1023Mi")',
    'quantity("500m").asApproximateFloat() == 0.5 && quantity("-1").sign() == -1',
    // strings and regular expressions
    '"abc 123 def 45".find("[0-9]+") == "123" && "x".find("y") == ""',
    '"aaa".replace("a", "b", 2) == "bba" && "a.b".replace(".", "") == "ab"',
    '"%s is %d of %.2f (%x, %b) %%".format(["n", 3, 1.5, 255, 5]) == "n is 3 of 1.50 (ff, 101) %"',
    '"%s %s".format([[1, "a"], {"k": true}]) == "[1, a] {k: true}"',
    '"KEELSON".matches("(?i)^keel") && ["a", "b"].all(x, x.matches("^[ab]\\\\z")) && matches("a", "a")',
    '"abc 123 def 45".findAll("[0-9]+") == ["123", "45"] && "aXbX".findAll("X", 1) == ["X"] && "abc".findAll("z") == []',
    '"abab".find("(ab)+") == "abab" && "aaa".find("a+?") == "a" && "foobar".find("o|oo") == "o" && "x y".find("\\\\by") == "y"',
    '"baaac".findAll("a*") == ["", "aaa", ""] && "Ünïx".find("(?i)ÜN") == "Ün" && "a\\nb".find("(?m)^b$") == "b"',
    'strings.quote("a \\"b\\" \\n \\\\") == "\\"a \\\\\\"b\\\\\\" \\\\n \\\\\\\\\\""',
    // versions
    'semver("1.2.3").compareTo(semver("1.10.0")) == -1 && semver("1.0.0").isGreaterThan(semver("1.0.0-rc.1"))',
    'semver("1.0.0-alpha.2").isLessThan(semver("1.0.0-alpha.10")) && semver("1.0.0-1") != semver("1.0.0-a")',
    'semver("v1.2", true) == semver("1.2.0") && semver("01.01.01", true).minor() == 1 && !isSemver("v1.0.0")',
    'isSemver("1.0.0-alpha+b.7") && !isSemver("1.0") && isSemver("v1.0", true) && semver("3.4.5").patch() == 5',
    // comprehensions over two variables
    '[1, 2, 3].all(i, v, i < v) && !{"a": "b", "c": "c"}.all(k, v, k != v) && [2, 1].exists(i, v, i == 1 && v == 1)',
    '[1, 2, 1].existsOne(i, v, i == 1) && ![1, 1].exists_one(i, v, v == 1) && {"a": 1}.exists(k, v, k == "a" && v == 1)',
    '[1, 2, 3].transformList(i, v, i * v + v) == [1, 4, 9] && [1, 2, 3].transformList(i, v, i % 2 == 0, v) == [1, 3]',
    '{"a": 1, "b": 2}.transformMap(k, v, v + 1) == {"a": 2, "b": 3} && {"a": 1, "b": 2}.transformMap(k, v, v > 1, v) == {"b": 2}',
    '{"a": "x"}.transformMapEntry(k, v, {v: k}) == {"x": "a"} && {"h": ["hi"]}.all(k, vs, vs.all(v, v.startsWith(k)))',
    '[1, 0].exists(i, v, 1 / v == 1) && [[1], [2]].all(i, vs, vs.exists(j, v, i + 1 == v))',
    // names of libraries stay free for members and variables
    'self.ip == "x" && self.sets.size() == 1 && ["10.0.0.1"].all(ip, isIP(ip))',
  ])('%s', (expression) => {
    expect(evaluated(expression, { ip: 'x', sets: ['a'] })).toBe(true);
  });

  it.each([
    ['ip("nowhere")', "IP Address 'nowhere' parse error"],
    ['cidr("10.0.0.0/99")', 'network address parse error'],
    ['url("a b")', 'URL parse error'],
    ['quantity("0.5").asInteger()', 'cannot convert value to integer'],
    ['"%d".format(["a"])', 'error during formatting'],
    ['"%s %s".format(["a"])', 'index 1 out of range'],
    ['"%y".format(["a"])', 'unrecognized formatting clause'],
    ['semver("1.0")', 'parse semver'],
    ['{"a": 1, "b": 1}.transformMapEntry(k, v, {string(v): k})', 'key 1 already exists'],
    [
      '["a"].map(x, "aaaaaaaaaa".replace("", "bbbbbbbbbb").replace("b", self.long).replace("b", self.long))',
      'too long',
    ],
  ])('%s fails', (expression, message) => {
    expect(() => evaluated(expression, { long: 'b'.repeat(1000) })).toThrow(message);
  });

  it('take patterns that stall other engines', () => {
    const hostile = { text: `${'a'.repeat(40)}b`, pattern: '^(a+)+$' };
    expect(evaluated('self.text.matches(self.pattern)', hostile)).toBe(false);
    expect(evaluated('self.text.find("(a+)+c|b")', hostile)).toBe('b');
  });

  it('name the function that is misused as it was written', () => {
    expect(() => evaluated('[1].matches("a")')).toThrow("'list.matches(string)'");
  });
});
