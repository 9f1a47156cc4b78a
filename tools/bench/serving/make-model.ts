// A model of random weights that all contenders read, and prompts for it, told by a seed.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../../src/core/index.ts';
import { type CausalModel, initializeParameters, newModel, saveModel } from '../../../src/models/index.ts';
import { type Tokenizer, trainTokenizer } from '../../../src/text/index.ts';
import { type Shape, shapes } from './workload.ts';

const seed = 4;
const learnedTokens = 2048;
const promptCount = 128;
/** Prompts have 128 tokens, give or take so many. */
const promptSpread = 16;

/** Where the parts of a made model lie below the bench's directory. */
export function modelPlace(directory: string, shape: Shape) {
  const root = join(directory, shape);
  return {
    root,
    model: join(root, 'model'),
    prompts: join(root, 'prompts.json'),
    gguf: (type: 'f32' | 'q8_0') => join(root, 'gguf', `model-${type}.gguf`),
    onnx: join(root, 'onnx'),
  };
}

/** Weights are rounded to bfloat16, as published models of this size are, so that all start from the same numbers. */
export async function makeModel(directory: string, shape: Shape): Promise<void> {
  const place = modelPlace(directory, shape);
  const random = new Random(seed, 'text');
  const words = Array.from({ length: 3000 }, () => makeWord(random));
  const tokenizer = await trainTokenizer([makeText(words, 60_000, random)], { vocabSize: learnedTokens });
  const { model: spec, vocabSize } = shapes[shape];
  const model = newModel(`${spec}:initializerRange=0.1`, vocabSize);
  await mkdir(place.root, { recursive: true });
  await saveModel(place.model, {
    ...{ model, dtype: 'BF16', parameters: drawParameters(model, tokenizer), replace: true },
    tokens: { bos: tokenizer.tokenToId('<|bos|>') ?? 0, eos: tokenizer.eosTokenIds, pad: 0 },
    extraFiles: Object.fromEntries(tokenizer.files),
  });
  await writeFile(place.prompts, JSON.stringify(await makePrompts(words, tokenizer)));
}

/**
 * Input and output embeddings are one matrix: a token whose row is zero has the score 0, and is never the likeliest. That bars
 * the end of the text, so that all texts have one length, and what is no whole text, so that clients see each token as it comes.
 */
function drawParameters(model: CausalModel, tokenizer: Tokenizer): (name: string) => Float32Array {
  const arrays = new Map<string, Float32Array>();
  for (const { name, shape } of model.parameters)
    arrays.set(name, new Float32Array(shape.reduce((product, size) => product * size, 1)));
  initializeParameters(model, seed, (name) => arrays.get(name) as Float32Array);
  const embedding = arrays.get('model.embed_tokens.weight') as Float32Array;
  const width = embedding.length / model.vocabSize;
  for (let id = 0; id < model.vocabSize; id++)
    if (!isPlain(tokenizer, id)) embedding.fill(0, id * width, (id + 1) * width);
  return (name) => arrays.get(name) as Float32Array;
}

function isPlain(tokenizer: Tokenizer, id: number): boolean {
  return (
    id < tokenizer.vocabSize && !tokenizer.isSpecial(id) && /^[\x20-\x7e]+$/.test(tokenizer.decode([id]))
  );
}

function makeWord(random: Random): string {
  const syllables = Array.from(
    { length: 1 + random.below(3) },
    () =>
      `${random.pick([...'bcdfghklmnprstvw'])}${random.pick([...'aeiou'])}${random.pick(['', 'n', 's', 'r'])}`,
  );
  return syllables.join('');
}

/** Words of this text are as unequally common as those of a real one. */
function makeText(words: readonly string[], count: number, random: Random): string {
  return Array.from({ length: count }, () => words[Math.floor(words.length * random.uniform() ** 3)]).join(
    ' ',
  );
}

async function makePrompts(words: readonly string[], tokenizer: Tokenizer): Promise<readonly number[][]> {
  const prompts: number[][] = [];
  for (let i = 0; i < promptCount; i++) {
    const random = new Random(seed, 'prompt', i);
    const ids = await tokenizer.encodeIds(makeText(words, 200, random), { addSpecialTokens: false });
    prompts.push(ids.slice(0, 128 - promptSpread + random.below(2 * promptSpread + 1)));
  }
  return prompts;
}
