// OpenAI's HTTP as a face of the server, below `/v1/`.
import type { Answer } from '../http/call.ts';
import type { Face, FaceRoute } from '../http/face.ts';
import { faceRoutes } from '../http/json-endpoint.ts';
import { chatEndpoint } from './chat/chat-endpoint.ts';
import { completionEndpoint } from './completions/completion-endpoint.ts';
import type { OpenAiServices } from './context.ts';
import { embeddingsEndpoint } from './embeddings.ts';
import { errorAnswer, refuseUnknown } from './errors.ts';
import { fileEndpoints } from './files/file-endpoints.ts';
import { eventEndpoints } from './fine-tuning/event-endpoints.ts';
import { jobEndpoints } from './fine-tuning/job-endpoints.ts';
import { modelEndpoints } from './models/model-endpoints.ts';
import { checkAddress } from './plain-text.ts';

const endpoints = [
  ...fileEndpoints,
  ...jobEndpoints,
  ...eventEndpoints,
  ...modelEndpoints,
  chatEndpoint,
  completionEndpoint,
  embeddingsEndpoint,
];
/** The version of the protocol; OpenAI has had no other. */
const version = '2020-10-01';

/** The face over its services. */
export function openAiFace(services: OpenAiServices): Face {
  return {
    name: 'openai',
    routes: faceRoutes(endpoints, { ...services, making: new Map() }).map(withHeaders),
    owns: (path) => path === '/v1' || path.startsWith('/v1/'),
    errorAnswer,
    refuseUnknown,
  };
}

function withHeaders(route: FaceRoute): FaceRoute {
  return {
    ...route,
    async answer(call): Promise<Answer> {
      const start = performance.now();
      checkAddress(call);
      const answer = await route.answer(call);
      const headers = {
        'openai-version': version,
        'openai-processing-ms': String(Math.round(performance.now() - start)),
      };
      return { ...answer, headers: { ...headers, ...answer.headers } };
    },
  };
}
