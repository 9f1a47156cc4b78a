// Plain completions: texts that are gone on with.
import type { ServedText } from '../../../app/index.ts';
import type { TextUsage } from '../../../serving/index.ts';
import { answerWith, type CheckedCall, type FaceEndpoint, jsonEndpoint } from '../../http/json-endpoint.ts';
import type { OpenAiContext } from '../context.ts';
import { eventStream } from '../sse.ts';
import { beginText, heading } from '../text/begin-text.ts';
import { collect } from '../text/collect.ts';
import { includesUsage } from '../text/common-request.ts';
import { sumOf, usageObject } from '../text/usage.ts';
import { choiceObject } from './choice-object.ts';
import { type CompletionRequest, completionRequest, textRequestsOf } from './completion-request.ts';

type Call = CheckedCall<OpenAiContext, CompletionRequest, unknown>;

export const completionEndpoint: FaceEndpoint<OpenAiContext> = jsonEndpoint({
  route: 'POST /v1/completions',
  scope: 'infer',
  summary: 'Go on with a text, as a whole or as a stream',
  body: completionRequest,
  async handle(call) {
    const texts = await beginAll(call);
    if (call.body.stream === true)
      return answerWith(await eventStream(chunks(call.body, texts), call.requestId));
    return completion(call.body, texts);
  },
});

/** One text for each prompt, in their order; they are written together. */
async function beginAll(call: Call): Promise<readonly ServedText[]> {
  const requests = textRequestsOf(call.body);
  const begun = await Promise.allSettled(requests.map((one) => beginText(call, call.body.model, one)));
  const texts = begun.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = begun.find((one) => one.status === 'rejected');
  if (failed === undefined) return texts;
  await leave(texts);
  throw failed.reason;
}

async function leave(texts: readonly ServedText[]): Promise<void> {
  await Promise.allSettled(texts.map(({ events }) => events.return()));
}

async function completion({ n, logprobs }: CompletionRequest, texts: readonly ServedText[]) {
  const read = Promise.all(texts.map(({ events }) => collect(events)));
  const written = await read.finally(() => leave(texts));
  const offset = logprobs == null ? undefined : 0;
  return {
    ...headingOf(texts),
    choices: written.flatMap(({ choices }, prompt) =>
      choices.map((choice, index) => choiceObject(choice, prompt * (n ?? 1) + index, offset)),
    ),
    usage: usageObject(sumOf(written.map(({ usage }) => usage))),
  };
}

/** The answers piece by piece, prompt after prompt. */
async function* chunks(
  request: CompletionRequest,
  texts: readonly ServedText[],
): AsyncGenerator<object, void, undefined> {
  const head = { ...headingOf(texts), ...(includesUsage(request) && { usage: null }) };
  const usages: TextUsage[] = [];
  try {
    for (const [prompt, { events }] of texts.entries()) {
      const offsets = new Map<number, number>();
      for await (const event of events) {
        if (event.type === 'usage') usages.push(event.usage);
        if (event.type !== 'text' && event.type !== 'finish') continue;
        const index = prompt * (request.n ?? 1) + event.choice;
        const offset = offsets.get(index) ?? 0;
        const piece = event.type === 'text' ? { ...event, reason: null } : { ...event, text: '', tokens: [] };
        offsets.set(index, offset + piece.text.length);
        yield {
          ...head,
          choices: [choiceObject(piece, index, request.logprobs == null ? undefined : offset)],
        };
      }
    }
    if (includesUsage(request)) yield { ...head, choices: [], usage: usageObject(sumOf(usages)) };
  } finally {
    await leave(texts);
  }
}

function headingOf([first]: readonly ServedText[]) {
  if (first === undefined) throw new TypeError('A request has a prompt at least');
  return heading('text_completion', 'cmpl-', first.model);
}
