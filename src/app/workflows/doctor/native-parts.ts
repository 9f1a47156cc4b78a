// The native parts: the tensor runtime and the tokenizers, each loaded and given something small to do.
import { add, float32, input, matMul, runtimeInfo, Session } from '../../../engine/index.ts';
import { trainTokenizer } from '../../../text/index.ts';
import { type Finding, messageOf } from './finding.ts';

const reinstall = (name: string) =>
  `run 'npm ci' (or 'npm install') again on this platform; if it stays, ${name} has no binary for it: use Linux x64 or arm64 with glibc, macOS arm64 or Windows x64`;

/** Loads onnxruntime, lists its providers and multiplies two matrices. */
export async function checkRuntime(): Promise<Finding[]> {
  try {
    const { version, providers } = await runtimeInfo();
    const detail = `onnxruntime ${version}, which could use ${providers.join(', ')}; Hone uses cpu`;
    return [{ name: 'tensor runtime', status: 'ok', detail }, await checkProduct()];
  } catch (error) {
    const remedy = reinstall('onnxruntime-node');
    return [{ name: 'tensor runtime', status: 'fault', detail: messageOf(error), remedy }];
  }
}

/** [[1, 2], [3, 4]] [[5, 6], [7, 8]] + 1, which is known. */
async function checkProduct(): Promise<Finding> {
  const name = 'tensor arithmetic';
  const a = input('a', 'float32', [2, 2]);
  const b = input('b', 'float32', [2, 2]);
  const session = await Session.create({ outputs: { c: add(matMul(a, b), 1) } }, { threads: 1 });
  try {
    const { c } = await session.run({
      a: float32(Float32Array.of(1, 2, 3, 4), [2, 2]),
      b: float32(Float32Array.of(5, 6, 7, 8), [2, 2]),
    });
    const got = Array.from(c?.data as Float32Array).join(', ');
    if (got === '20, 23, 44, 51') return { name, status: 'ok', detail: 'a small product comes out right' };
    const remedy =
      'the processor or the runtime computes wrongly: train nothing here; report it with this output';
    return { name, status: 'fault', detail: `a small product came out as ${got}`, remedy };
  } finally {
    await session.close();
  }
}

/** Trains a tiny tokenizer and takes a text there and back. */
export async function checkTokenizers(): Promise<Finding> {
  const name = 'tokenizers';
  const text = 'Straße 12, naïve café';
  try {
    const tokenizer = await trainTokenizer([text], { vocabSize: 300 });
    const back = tokenizer.decode(await tokenizer.encodeIds(text));
    if (back === text) return { name, status: 'ok', detail: 'a text comes back as it was' };
    return { name, status: 'fault', detail: `'${text}' came back as '${back}'`, remedy: reinstall(name) };
  } catch (error) {
    return { name, status: 'fault', detail: messageOf(error), remedy: reinstall(name) };
  }
}
