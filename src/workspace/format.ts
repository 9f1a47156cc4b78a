// A configuration as YAML that reads back as itself.
import { Document, isScalar, visit } from 'yaml';
import { escapeTemplate } from './template.ts';

/** The YAML text of a configuration, composed or validated. Text that looks like an interpolation is escaped. */
export function formatConfig(config: Readonly<Record<string, unknown>>): string {
  const document = new Document(escaped(config), { aliasDuplicateObjects: false });
  visit(document, {
    Pair: (_, { key }) => {
      // Unquoted, this key would merge its value into the mapping.
      if (isScalar(key) && key.value === '<<') key.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapeTemplate(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present.map(([key, member]) => [key, escaped(member)]));
}
