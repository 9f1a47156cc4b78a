// For the tests of this folder: a tiny model of random weights behind a real engine, with any chat template.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeParameters, newModel, saveModel } from '../../models/index.ts';
import { chatStopIds, type Tokenizer, trainTokenizer } from '../../text/index.ts';
import { DecodeEngine } from '../engine/index.ts';
import { WholePassRunner } from '../testing-runner.ts';
import type { TextModel } from './text-model.ts';

const words = [
  'Where is my parcel? It is on its way to you, naïve café 😀 "yes" {"a": 1}',
  '<tool_call>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tool_call> user assistant',
  '# Tools You may call one or more functions to assist with the user query. function description parameters',
];

const turns = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content or '' }}CALLS<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

const toolList = '{{ bos_token }}{% if tools %}{% for t in tools %}{{ t | tojson }}{% endfor %}{% endif %}';

/** Chat templates by the way in which they write calls; `plain` has no place for tools. */
export const templates = {
  plain: undefined,
  hermes:
    toolList +
    turns.replace(
      'CALLS',
      '{% if m.tool_calls %}{% for c in m.tool_calls %}<tool_call>\n{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}\n</tool_call>{% endfor %}{% endif %}',
    ),
  mistral:
    toolList +
    turns.replace(
      'CALLS',
      '{% if m.tool_calls %}[TOOL_CALLS][{% for c in m.tool_calls %}{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}{% endfor %}]{% endif %}',
    ),
  llama:
    toolList +
    turns.replace(
      'CALLS',
      '{% if m.tool_calls %}{"name": "{{ m.tool_calls[0].function.name }}", "parameters": {{ m.tool_calls[0].function.arguments | tojson }}}{% endif %}',
    ),
  unknown: toolList + turns.replace('CALLS', '{% if m.tool_calls %}CALL probe_function{% endif %}'),
} as const;

/** A tokenizer of a few hundred tokens with one of {@link templates}. */
export function tinyTokenizer(template: keyof typeof templates = 'plain'): Promise<Tokenizer> {
  const chatTemplate = templates[template];
  return trainTokenizer([...words, ...words], {
    vocabSize: 600,
    moreSpecialTokens: ['<|im_start|>', ...(template === 'mistral' ? ['[TOOL_CALLS]'] : [])],
    ...(chatTemplate && { chatTemplate }),
  });
}

/** {@link TextModel} of random weights whose scores are far apart; 1,024 tokens at most. */
export async function tinyTextModel(
  template: keyof typeof templates = 'plain',
): Promise<TextModel & { close(): Promise<void> }> {
  const tokenizer = await tinyTokenizer(template);
  const directory = mkdtempSync(join(tmpdir(), 'hone-chat-'));
  const model = newModel(
    'new:hiddenSize=16,layers=1,heads=2,keyValueHeads=1,initializerRange=0.4,maxPositions=1024',
    tokenizer.vocabSize,
  );
  const values = new Map(
    model.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );
  const valuesOf = (name: string): Float32Array => values.get(name) ?? new Float32Array(0);
  initializeParameters(model, 5, valuesOf);
  await saveModel(directory, { model, parameters: valuesOf, tokens: { eos: tokenizer.eosTokenIds } });
  const engine = new DecodeEngine(await WholePassRunner.open(directory, { slots: 4 }));
  return {
    tokenizer,
    vocabSize: engine.vocabSize,
    maxLength: engine.capacity,
    stopTokens: new Set(chatStopIds(tokenizer)),
    recommended: { temperature: 1 },
    generate: (request) => engine.generate(request),
    close: async () => {
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
