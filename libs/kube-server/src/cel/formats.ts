import { type Environment, Optional } from '@marcbachmann/cel-js';
import {
  label1035Errors,
  labelNameErrors,
  labelValueErrors,
  qualifiedNameErrors,
  subdomainErrors,
} from '../kinds/names.js';
import { hasFormat } from '../schema/format.js';
import { RuleUrl } from './urls.js';

type Check = (text: string) => readonly string[];

/** A format that has a name: what is wrong with a text. */
class NamedFormat {
  readonly check: Check;

  constructor(check: Check) {
    this.check = check;
  }
}

/** Stands for the name before the dot in `format.dns1123Label()`. */
class FormatNamespace {}

/** Something will be added to a prefix, so that it may end as a name may not. */
const asPrefix =
  (check: Check): Check =>
  (text) =>
    check(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);

const asSchema =
  (format: string, text: string): Check =>
  (value) =>
    hasFormat(format, value) ? [] : [text];

/** By their names (k8s.io/apiserver/pkg/cel/library/format.go). */
const formats: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: new NamedFormat(labelNameErrors),
  dns1123Subdomain: new NamedFormat(subdomainErrors),
  dns1035Label: new NamedFormat(label1035Errors),
  qualifiedName: new NamedFormat(qualifiedNameErrors),
  dns1123LabelPrefix: new NamedFormat(asPrefix(labelNameErrors)),
  dns1123SubdomainPrefix: new NamedFormat(asPrefix(subdomainErrors)),
  dns1035LabelPrefix: new NamedFormat(asPrefix(label1035Errors)),
  labelValue: new NamedFormat(labelValueErrors),
  uri: new NamedFormat((text) => (RuleUrl.parse(text) === undefined ? ['invalid URI'] : [])),
  uuid: new NamedFormat(asSchema('uuid', 'does not match the UUID format')),
  byte: new NamedFormat(asSchema('byte', 'invalid base64')),
  date: new NamedFormat(asSchema('date', 'invalid date')),
  datetime: new NamedFormat(asSchema('date-time', 'invalid datetime')),
};

export function addFormats(env: Environment): void {
  env.registerType('FormatNamespace', { ctor: FormatNamespace, fields: {} });
  env.registerType('kubernetes.NamedFormat', { ctor: NamedFormat, fields: {} });
  env.registerConstant('format', 'FormatNamespace', new FormatNamespace());
  env.registerFunction(
    'FormatNamespace.named(string): optional<kubernetes.NamedFormat>',
    (_: FormatNamespace, name: string) => Optional.of(Object.hasOwn(formats, name) ? formats[name] : undefined),
  );
  for (const [name, format] of Object.entries(formats))
    env.registerFunction(`FormatNamespace.${name}(): kubernetes.NamedFormat`, () => format);
  env.registerFunction(
    'kubernetes.NamedFormat.validate(string): optional<list<string>>',
    (format: NamedFormat, text: string) => {
      const errors = format.check(text);
      return errors.length === 0 ? Optional.none() : Optional.of([...errors]);
    },
  );
}
