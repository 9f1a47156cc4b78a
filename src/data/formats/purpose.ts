// What one example is for: a preference pair can teach by imitation too, but not the other way round.
import type { CompletionExample, Example, PreferenceExample, Purpose, UnpairedExample } from '../example.ts';

const serves: Readonly<Record<Example['kind'], readonly Purpose[]>> = {
  text: ['sft'],
  completion: ['sft'],
  chat: ['sft'],
  preference: ['preference', 'sft', 'unpaired'],
  unpaired: ['unpaired', 'sft'],
};

/** The purposes that an example of this kind can serve, its own first. */
export function purposesOf(kind: Example['kind']): readonly Purpose[] {
  return serves[kind];
}

/**
 * The example as its purpose needs it: the chosen answer of a pair for imitation, both answers with their labels for unpaired
 * objectives, liked answers alone for imitation. Without a purpose it stays as it is.
 */
export function forPurpose(example: Example, purpose: Purpose | undefined): Example[] {
  if (example.kind === 'preference' && purpose === 'sft') return [answered(example, example.chosen)];
  if (example.kind === 'preference' && purpose === 'unpaired')
    return [unpaired(example, true), unpaired(example, false)];
  if (example.kind === 'unpaired' && purpose === 'sft')
    return example.label ? [answered(example, example.completion)] : [];
  return [example];
}

function answered(
  example: PreferenceExample | UnpairedExample,
  completion: CompletionExample['completion'],
): CompletionExample {
  const { prompt, tools, origin } = example;
  return { kind: 'completion', prompt, completion, ...(tools === undefined ? {} : { tools }), origin };
}

function unpaired(example: PreferenceExample, label: boolean): UnpairedExample {
  const completion = label ? example.chosen : example.rejected;
  return { ...answered(example, completion), kind: 'unpaired', label };
}
