// The kernel of attention over buffers with free places. Shapes: B batch, T new tokens, P places, H query heads, K key-value heads, D head size.
import { checkedIndex, type Kernel } from './kernel.ts';
import type { Value } from './value.ts';

export const cachedAttention: Kernel<'cachedAttention'> = ({ inputs, attributes }) => {
  const [q, k, v, oldKeys, oldValues, last, cos, sin] = inputs as readonly [
    ...[Value, Value, Value, Value, Value, Value],
    Value | undefined,
    Value | undefined,
  ];
  const [batch, length] = q.shape as readonly [number, number];
  const [, , places, size] = oldKeys.shape as readonly [number, number, number, number];
  const { heads, keyValueHeads, scale, window } = attributes;
  const [keys, values] = [oldKeys, oldValues].map((old) => started(old, last.data, length)) as [
    Float64Array,
    Float64Array,
  ];
  const output = new Float64Array(q.data.length);
  const turn = (x: Float64Array, place: number) =>
    cos === undefined || sin === undefined ? x : turned(x, cos.data, { sin: sin.data, place });
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < length; t++) {
      const place = checkedIndex((last.data[b] as number) - length + 1 + t, places);
      const token = b * length + t;
      for (let head = 0; head < keyValueHeads; head++) {
        const from = (token * keyValueHeads + head) * size;
        const to = ((b * keyValueHeads + head) * places + place) * size;
        keys.set(turn(k.data.subarray(from, from + size), place), to);
        values.set(v.data.subarray(from, from + size), to);
      }
      for (let head = 0; head < heads; head++) {
        const at = (token * heads + head) * size;
        const shared = b * keyValueHeads + Math.floor((head * keyValueHeads) / heads);
        const first = window === 0 ? 0 : Math.max(0, place - window + 1);
        const seen = [shared * places + first, shared * places + place + 1].map((row) => row * size);
        const query = turn(q.data.subarray(at, at + size), place).map((x) => x * scale);
        output.set(attend(query, keys.subarray(...seen), values.subarray(...seen)), at);
      }
    }
  }
  return [output, keys, values];
};

/** The places before the new tokens; those behind, which may hold anything, are zero. */
function started({ data, shape }: Value, last: Float64Array, length: number): Float64Array {
  const [, heads, places, size] = shape as readonly [number, number, number, number];
  return data.map((x, i) => {
    const place = Math.floor(i / size) % places;
    return place <= (last[Math.floor(i / (size * places * heads))] as number) - length ? x : 0;
  });
}

/** The mean of the values, each by its key's share: exp(query . key) over the sum of all. */
function attend(query: Float64Array, keys: Float64Array, values: Float64Array): Float64Array {
  const size = query.length;
  const scores = Array.from({ length: keys.length / size }, (_, row) =>
    query.reduce((sum, x, i) => sum + x * (keys[row * size + i] as number), 0),
  );
  const most = Math.max(...scores);
  const shares = scores.map((score) => Math.exp(score - most));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return query.map((_, i) =>
    shares.reduce((sum, share, row) => sum + (share / total) * (values[row * size + i] as number), 0),
  );
}

/** The halves of a head turned against each other by the angles of a place. */
function turned(
  x: Float64Array,
  cos: Float64Array,
  { sin, place }: { readonly sin: Float64Array; readonly place: number },
): Float64Array {
  const half = x.length / 2;
  return x.map((value, i) => {
    const at = place * half + (i % half);
    const other = i < half ? -(x[i + half] as number) : (x[i - half] as number);
    return value * (cos[at] as number) + other * (sin[at] as number);
  });
}
