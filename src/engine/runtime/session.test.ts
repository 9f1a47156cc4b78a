// The session itself: what it is fed, where it writes, what it refuses.
import { expect, test } from 'vitest';
import { hostTensor } from '../../testing/index.ts';
import { add, input, matMul, mul, reduceSum, type Tensor } from '../graph/index.ts';
import { lowerGraph } from '../onnx/lower.ts';
import { encodeModel } from '../onnx/proto.ts';
import { float32, int64, Session } from './index.ts';

const vector = (...values: number[]) => float32(Float32Array.from(values), [values.length]);

function scaledGraph() {
  const x = input('x', 'float32', ['B', 2]);
  const scale = input('scale', 'float32', ['B', 1]);
  return { outputs: { y: mul(x, scale), sum: reduceSum(x) } };
}

test('Session.run() returns every output with its shape', async () => {
  await using session = await Session.create(scaledGraph());
  const x = hostTensor('float32', [2, 2], [1, 2, 3, 4]);
  const outputs = await session.run({ x, scale: hostTensor('float32', [2, 1], [10, 100]) });
  expect(outputs).toEqual({
    y: hostTensor('float32', [2, 2], [10, 20, 300, 400]),
    sum: hostTensor('float32', [], [10]),
  });
  expect([session.inputNames, session.outputNames]).toEqual([
    ['x', 'scale'],
    ['y', 'sum'],
  ]);
});

test('Session.run() reads views into larger buffers and leaves them alone', async () => {
  await using session = await Session.create({ outputs: { y: add(input('x', 'float32', [2]), 1) } });
  const buffer = Float32Array.of(9, 1, 2, 9);
  const { y } = await session.run({ x: float32(buffer.subarray(1, 3), [2]) });
  expect([...(y?.data ?? [])]).toEqual([2, 3]);
  expect([...buffer]).toEqual([9, 1, 2, 9]);
});

test('Session.run() writes into the memory it is given, a view too, and nowhere else', async () => {
  const a = input('a', 'float32', [2, 3]);
  await using session = await Session.create({
    outputs: { y: matMul(a, a, { transposeB: true }), z: add(a, 1) },
  });
  const buffer = new Float32Array(6).fill(9);
  const into = { y: float32(buffer.subarray(1, 5), [2, 2]) };
  const outputs = await session.run({ a: hostTensor('float32', [2, 3], [1, 2, 3, 4, 5, 6]) }, into);
  expect(outputs.y).toBe(into.y);
  expect([...buffer]).toEqual([9, 14, 32, 32, 77, 9]);
  expect([...(outputs.z?.data ?? [])]).toEqual([2, 3, 4, 5, 6, 7]);
});

test('Session.run() refuses feeds that do not fit, where broadcasting would hide it', async () => {
  await using session = await Session.create(scaledGraph());
  const x = hostTensor('float32', [2, 2], [1, 2, 3, 4]);
  await expect(session.run({ x })).rejects.toThrow("Cannot run the graph: input 'scale' is missing");
  await expect(session.run({ x, scale: hostTensor('float32', [1, 1], [2]) })).rejects.toThrow(
    "Cannot feed float32[1, 1] to input 'scale' of type float32[B, 1] at axis 0: 'B' is 2 by the other inputs, not 1",
  );
  await expect(session.run({ x, scale: int64([1, 2], [2, 1]) })).rejects.toThrow(
    "Cannot feed int64[2, 1] to input 'scale' of type float32[B, 1]",
  );
});

test('Session.run() refuses memory for an output that does not fit or that there is none of', async () => {
  await using session = await Session.create({ outputs: { y: add(input('x', 'float32', ['N']), 1) } });
  const x = vector(1, 2);
  await expect(session.run({ x }, { y: vector(0, 0, 0) })).rejects.toThrow();
  await expect(session.run({ x }, { z: vector(0, 0) })).rejects.toThrow(
    "Cannot write output 'z': the graph has none of that name",
  );
});

test('Session.run() gives an input back under two output names, as copies', async () => {
  const x = input('x', 'float32', ['N']);
  await using session = await Session.create({ outputs: { a: x, b: x, c: x as Tensor } });
  const feed = vector(1, 2);
  const { a, b } = await session.run({ x: feed });
  expect([a, b]).toEqual([feed, feed]);
  expect(a?.data).not.toBe(feed.data);
});

test('Session.fromBytes() runs a saved model', async () => {
  const bytes = encodeModel(lowerGraph(scaledGraph()));
  await using session = await Session.fromBytes(bytes);
  const feeds = { x: hostTensor('float32', [1, 2], [1, 2]), scale: hostTensor('float32', [1, 1], [3]) };
  expect((await session.run(feeds)).y).toEqual(hostTensor('float32', [1, 2], [3, 6]));
});

test('Session.create() refuses a provider that this build of onnxruntime has not', async () => {
  await expect(Session.create(scaledGraph(), { provider: 'nonesuch' })).rejects.toThrow('nonesuch');
});
