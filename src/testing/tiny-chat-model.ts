// A tiny model of random weights on disk that answers chats, with a tokenizer and a chat template, for tests.
import { initializeParameters, newModel, saveModel } from '../models/index.ts';
import { trainTokenizer } from '../text/index.ts';

const words = [
  'Where is my parcel? It is on its way to you, naïve café 😀 "yes" {"a": 1}',
  '<tool_call>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tool_call> user assistant system',
  '# Tools You may call one or more functions to assist with the user query. function description parameters',
];

const chatTemplate = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content or '' }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

/** Layers and widths of a model, as `newModel` takes them. */
const tiny = 'hiddenSize=16,layers=1,heads=2,keyValueHeads=1,maxPositions=512';

/**
 * Writes a Hugging Face directory. The model's scores are far apart, so that its answers differ by prompt; 512 tokens at most, unless
 * `sizes` say otherwise.
 */
export async function writeTinyChatModel(
  directory: string,
  seed = 5,
  { sizes = tiny }: { readonly sizes?: string } = {},
): Promise<void> {
  const tokenizer = await trainTokenizer([...words, ...words], {
    vocabSize: 600,
    moreSpecialTokens: ['<|im_start|>'],
    chatTemplate,
  });
  const model = newModel(`new:${sizes},initializerRange=0.4`, tokenizer.vocabSize);
  const values = new Map(
    model.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );
  const valuesOf = (name: string): Float32Array => values.get(name) ?? new Float32Array(0);
  initializeParameters(model, seed, valuesOf);
  await saveModel(directory, {
    model,
    parameters: valuesOf,
    tokens: { eos: tokenizer.eosTokenIds },
    extraFiles: Object.fromEntries(tokenizer.files),
  });
}
