// A prompt as token ids: a conversation through the chat template, or a text as it is.
import { type Message, type RenderOptions, renderChat, type Tokenizer } from '../../text/index.ts';

/** Ids of a conversation with the header of the answer. */
export async function encodeMessages(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: Pick<RenderOptions, 'tools' | 'variables' | 'allowOmissions'> = {},
): Promise<number[]> {
  const text = renderChat(tokenizer, messages, { ...options, addGenerationPrompt: true });
  return await tokenizer.encodeIds(text, { addSpecialTokens: false, allowSpecialText: true });
}
