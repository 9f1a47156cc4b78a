// Keeps secrets out of what is recorded: values of the environment, tokens by their shape, files that hold such.

/** Names of variables whose values are nobody's business. */
const secretName = /TOKEN|SECRET|PASSW(OR)?D|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CONNECTION_STRING/i;
/** A shorter value would be found where it does not stand for itself. */
const shortestSecret = 6;
/** What stands for a secret. */
const hidden = '***';

const shapes: readonly RegExp[] = [
  /\b(?:sk-[\w-]{20,}|hf_\w{20,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16})/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=:\/\/)[^\s/:@'"]+:[^\s/@'"]+(?=@)/g,
];

/** A function that puts `***` in the place of each secret. */
export function redactor(env: NodeJS.ProcessEnv = process.env): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value = '']) =>
      secretName.test(name) && value.length >= shortestSecret ? [value, inJson(value)] : [],
    )
    .sort((a, b) => b.length - a.length);
  return (text) => {
    const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
    return shapes.reduce((rest, shape) => rest.replace(shape, hidden), known);
  };
}

/** A value whose texts, however deep, are without secrets. */
export function redactedMembers(
  value: Readonly<Record<string, unknown>>,
  redact: (text: string) => string,
): Record<string, unknown> {
  const redacted = (member: unknown): unknown => {
    if (typeof member === 'string') return redact(member);
    if (Array.isArray(member)) return member.map(redacted);
    return typeof member === 'object' && member !== null ? redactedMembers({ ...member }, redact) : member;
  };
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, redacted(member)]));
}

/** As the text stands within JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Files that hold secrets as a rule. */
const secretFile =
  /(^|\/)(\.env[^/]*|\.npmrc|\.netrc|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|[^/]*(credential|secret)[^/]*|[^/]*\.(pem|key|p12|pfx|keystore))$/i;

/** Differences as git shows them, without those in files that hold secrets as a rule. */
export function withoutSecretFiles(diff: string): string {
  return diff
    .split(/^(?=diff --git )/m)
    .map((section) => {
      const path = /^diff --git "?a\/(.*?)"? "?b\//.exec(section)?.[1];
      return path !== undefined && secretFile.test(path)
        ? `diff of ${path} left out: it may hold secrets\n`
        : section;
    })
    .join('');
}
