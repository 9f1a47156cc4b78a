// Chat completions: a conversation is answered, as a whole or as a stream.
import { answerWith, type FaceEndpoint, jsonEndpoint } from '../../http/json-endpoint.ts';
import type { OpenAiContext } from '../context.ts';
import { eventStream } from '../sse.ts';
import { beginText, heading } from '../text/begin-text.ts';
import { collect } from '../text/collect.ts';
import { includesUsage } from '../text/common-request.ts';
import { usageObject } from '../text/usage.ts';
import { chatRequest, checkChat } from './chat-request.ts';
import { chunks } from './chunks.ts';
import { choiceObject } from './completion-object.ts';
import { textRequestOf } from './text-request.ts';

export const chatEndpoint: FaceEndpoint<OpenAiContext> = jsonEndpoint({
  route: 'POST /v1/chat/completions',
  scope: 'infer',
  summary: 'Answer a conversation, as a whole or as a stream',
  body: chatRequest,
  async handle(call) {
    const { body, requestId } = call;
    checkChat(body);
    const { model, events } = await beginText(call, body.model, textRequestOf(body));
    const form = { withLogprobs: body.logprobs === true, isLegacy: body.functions != null };
    if (body.stream === true) {
      const head = heading('chat.completion.chunk', 'chatcmpl-', model);
      const options = { ...form, heading: head, includeUsage: includesUsage(body) };
      return answerWith(await eventStream(chunks(events, options), requestId));
    }
    const { choices, usage } = await collect(events);
    return {
      ...heading('chat.completion', 'chatcmpl-', model),
      choices: choices.map((choice, index) => choiceObject(choice, index, form)),
      usage: usageObject(usage),
      service_tier: 'default',
    };
  },
});
