// Finds a key that a JSON object holds twice, which JSON.parse passes over in silence.

/** A repeated key and where in the text it stands, in UTF-16 units. */
export type DuplicateKey = { readonly key: string; readonly index: number };

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;

/** The first key that stands twice in one object of a valid JSON text. */
export function findDuplicateKey(json: string): DuplicateKey | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const { 0: token, index } of json.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (isFollowedByColon(json, index + token.length)) {
      const key = String(JSON.parse(token));
      const keys = open.at(-1);
      if (keys?.has(key)) return { key, index };
      keys?.add(key);
    }
  }
  return undefined;
}

function isFollowedByColon(json: string, from: number): boolean {
  let at = from;
  while (json[at] === ' ' || json[at] === '\n' || json[at] === '\r' || json[at] === '\t') at += 1;
  return json[at] === ':';
}
