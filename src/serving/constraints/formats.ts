// The string formats of JSON Schema that can be enforced, as patterns.

const year = '(?:19|20)\\d\\d';
const leapYear = '(?:(?:19|20)(?:0[48]|[2468][048]|[13579][26])|2000)';
const date =
  `(?:${year}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))` +
  `|${leapYear}-02-29)`;
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?';
const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const group = '[0-9A-Fa-f]{1,4}';

/** Patterns of whole strings, by format. Narrower than the standards where these allow oddities. */
export const formatPatterns: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  duration: 'P(?:\\d{1,4}W|(?:\\d{1,4}Y)?(?:\\d{1,3}M)?\\d{1,4}D(?:T\\d{1,4}H)?|T\\d{1,4}[HMS])',
  email: `[A-Za-z0-9_+-]{1,32}(?:\\.[A-Za-z0-9_+-]{1,32}){0,3}@${label}(?:\\.${label}){0,3}\\.[A-Za-z]{2,12}`,
  hostname: `${label}(?:\\.${label}){0,4}`,
  ipv4: `${byte}(?:\\.${byte}){3}`,
  ipv6: `(?:${group}:){7}${group}|(?:${group}:){1,6}(?::${group})|::1|::`,
  uuid: '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
};
