// Where spans go, by OpenTelemetry's environment variables.
import { InputError } from '../../core/index.ts';

export type ExporterSettings = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the process: `service.name` and what OTEL_RESOURCE_ATTRIBUTES adds. */
  readonly resource: Readonly<Record<string, string>>;
};

/** @returns undefined where no collector is named, or OTEL_SDK_DISABLED is true */
export function exporterSettings(env: NodeJS.ProcessEnv): ExporterSettings | undefined {
  const forTraces = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const endpoint = forTraces || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (!endpoint || isOff) return undefined;
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/json';
  if (protocol === 'grpc')
    throw new InputError(
      "Cannot send traces by gRPC (OTEL_EXPORTER_OTLP_PROTOCOL): set it to 'http/json', and the endpoint to the collector's HTTP port, 4318 as a rule",
    );
  const headers = {
    ...pairs(env.OTEL_EXPORTER_OTLP_HEADERS),
    ...pairs(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS),
  };
  return {
    url: address(endpoint, { isWhole: Boolean(forTraces) }),
    headers,
    resource: {
      'service.name': env.OTEL_SERVICE_NAME || 'hone',
      ...pairs(env.OTEL_RESOURCE_ATTRIBUTES),
    },
  };
}

/** The endpoint of all signals has a path for each; the one for traces is said in full. */
function address(endpoint: string, { isWhole }: { readonly isWhole: boolean }): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new InputError(
      `Cannot send traces to '${endpoint}' (OTEL_EXPORTER_OTLP_ENDPOINT): give an http or https address, such as http://127.0.0.1:4318`,
    );
  return isWhole ? url.href : `${url.href.replace(/\/+$/, '')}/v1/traces`;
}

/** `a=1,b=2`, percent-encoded. */
function pairs(text = ''): Record<string, string> {
  const entries = text.split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())]];
  });
  return Object.fromEntries(entries);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that encodes nothing: the text means itself
    return text;
  }
}
