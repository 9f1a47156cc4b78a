// onnxruntime against the interpreter: every case and its gradients, every element type, and the session itself.
import { expect, test } from 'vitest';
import {
  allCases,
  type BuiltCase,
  buildGradientCase,
  type GraphCase,
  relativeDifference,
} from '../../testing/index.ts';
import { type HostTensor, interpret, Session } from './index.ts';

const tolerance = 1e-5;
/** Where there is work for them, more threads than the machine may have cores: so races show wherever the tests run. */
const threadsOf = ({ large }: GraphCase) => (large ? 4 : 1);

test.each(allCases)('Session agrees with interpret(): $name', async (one) => {
  for (const [name, difference] of await compare(buildGradientCase(one), threadsOf(one)))
    expect(difference, name).toBeLessThan(tolerance);
});

async function compare({ graph, feeds }: BuiltCase, threads: number): Promise<(readonly [string, number])[]> {
  await using session = await Session.create(graph, { threads });
  const actual = await session.run(feeds);
  const again = await session.run(feeds);
  return Object.entries(interpret(graph, feeds)).map(([name, wanted]) => {
    const result = actual[name] as HostTensor;
    expect(sameBytes(result, again[name] as HostTensor), `two runs differ in '${name}'`).toBe(true);
    expect([result.dtype, result.shape], name).toEqual([wanted.dtype, wanted.shape]);
    return [name, relativeDifference(result.data, wanted.data)];
  });
}

function sameBytes(a: HostTensor, b: HostTensor): boolean {
  const [x, y] = [a, b].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return (x as Buffer).equals(y as Buffer);
}
