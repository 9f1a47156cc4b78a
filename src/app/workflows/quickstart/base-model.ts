// The untrained model that the quickstart begins with, as a Hugging Face directory.
import type { ToyPreference } from '../../../data/index.ts';
import { initializeParameters, newModel, saveModel } from '../../../models/index.ts';
import { trainTokenizer } from '../../../text/index.ts';
import type { QuickstartSize } from './settings.ts';

/** What the models recommend for their own answers: some variety, so that a mixture of answers shows as one. */
const generationConfig = { do_sample: true, temperature: 0.7, top_p: 0.95, max_new_tokens: 64 };

/** Trains a tokenizer on the texts of the training pairs and saves a model with seeded random weights. */
export async function writeBaseModel(
  directory: string,
  pairs: readonly ToyPreference[],
  { size, seed }: { readonly size: QuickstartSize; readonly seed: number },
): Promise<void> {
  const texts = pairs.flatMap(({ prompt, chosen, rejected }) =>
    [...prompt, ...chosen, ...rejected].map(({ content }) => content),
  );
  const tokenizer = await trainTokenizer(texts, { vocabSize: size.vocabSize });
  const model = newModel(`${size.model}:maxPositions=${size.maxLength}`, tokenizer.vocabSize);
  const values = new Map<string, Float32Array>();
  for (const { name, shape } of model.parameters)
    values.set(name, new Float32Array(shape.reduce((product, dim) => product * dim, 1)));
  const valuesOf = (name: string): Float32Array => {
    const found = values.get(name);
    if (found === undefined) throw new TypeError(`Cannot find parameter '${name}' in the new model`);
    return found;
  };
  initializeParameters(model, seed, valuesOf);
  const { bosTokenId, eosTokenIds, padTokenId } = tokenizer;
  await saveModel(directory, {
    model,
    parameters: valuesOf,
    tokens: {
      eos: eosTokenIds,
      ...(bosTokenId === null ? {} : { bos: bosTokenId }),
      ...(padTokenId === null ? {} : { pad: padTokenId }),
    },
    generationConfig,
    extraFiles: Object.fromEntries(tokenizer.files),
  });
}
