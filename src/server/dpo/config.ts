// The settings of the DPO service, read once from the environment by the names that its deployments use.
import { z } from 'zod';
import { InputError, InputErrors, Secret } from '../../core/index.ts';

/** How the DPO service answers. */
export type DpoConfig = {
  /** `GET /health` answers as the DPO service does: the process was set up as one. */
  readonly isService: boolean;
  /** Without a slash at its end; begins the links of answers. Undefined: the address under which the request came. */
  readonly publicBaseUrl: string | undefined;
  readonly registration: GatewayRegistration | undefined;
  /** Callers prove by it who they are, in place of API keys. */
  readonly gatewaySecret: Secret | undefined;
  /** Origins whose pages may talk to the service without the gateway. With one, `GET /debug/runs` answers. */
  readonly directOrigins: readonly string[];
  /** Of each start of a run. */
  readonly jobTimeoutSeconds: number;
  /** Of a request, and of a data set that is fetched. */
  readonly maxDatasetBytes: number;
  /** Runs that one user may ask for in a minute. */
  readonly rateLimitPerMinute: number;
  /** Fetches data sets from addresses of this machine and its network, too. Dangerous. */
  readonly allowPrivateDatasets: boolean;
  /** Names of models in requests, and the models of the catalogue that they stand for. */
  readonly modelMap: ReadonlyMap<string, string>;
};

/** How the service tells its gateway that it is there. */
export type GatewayRegistration = {
  readonly url: string;
  readonly secret: Secret;
  /** Where the gateway finds the service. */
  readonly baseUrl: string;
  readonly ttlSeconds: number;
};

/** What the command line says beside the environment. */
export type DpoOptions = {
  /** Answers as the DPO service even where no variable is set. */
  readonly asService?: boolean;
  /** `NAME=MODEL`, before those of `DPO_MODEL_MAP`. */
  readonly models?: readonly string[];
};

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((text) => text.replace(/\/+$/, ''));
const positive = (usual: number) => z.coerce.number().int().min(1).default(usual);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const secret = z.string().transform((text) => new Secret(text));
const flag = z
  .stringbool({ truthy: ['1', 'true', 'yes'], falsy: ['0', 'false', 'no'], error: 'must be true or false' })
  .default(false);

const variables = z.object({
  DPO_PUBLIC_BASE_URL: httpUrl.optional(),
  DPO_REGISTER_URL: httpUrl.optional(),
  DPO_REGISTER_SECRET: secret.optional(),
  DPO_GATEWAY_SHARED_SECRET: secret.optional(),
  DPO_SERVICE_TTL_SECONDS: positive(21_600),
  DPO_ALLOW_DIRECT_ORIGINS: list.default([]),
  // Read by the workers' option of that purpose
  DPO_MAX_CONCURRENT_JOBS: positive(2),
  DPO_JOB_TIMEOUT_SECONDS: positive(3600),
  DPO_MAX_DATASET_SIZE_MB: z.coerce.number().positive().max(512).default(5),
  DPO_RATE_LIMIT_PER_MINUTE: positive(5),
  DPO_ALLOW_PRIVATE_DATASETS: flag,
  DPO_MODEL_MAP: list.default([]),
});

type Variables = z.output<typeof variables>;

/** Variables of the service that Hone has another way for. */
const refused = ['DPO_WORKING_DIR', 'DPO_CACHE_DIR'];

/**
 * Reads the settings. Empty variables count as not set.
 * @throws InputErrors that name every variable that is wrong, without the values of secrets
 */
export function readDpoConfig(env: NodeJS.ProcessEnv, options: DpoOptions = {}): DpoConfig {
  const { asService = false, models = [] } = options;
  const given = Object.fromEntries(
    [...Object.keys(variables.shape), ...refused].flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const values = checked(given);
  return {
    isService: asService || Object.keys(given).length > 0,
    publicBaseUrl: values.DPO_PUBLIC_BASE_URL,
    registration: registrationOf(values),
    gatewaySecret: values.DPO_GATEWAY_SHARED_SECRET,
    directOrigins: values.DPO_ALLOW_DIRECT_ORIGINS,
    jobTimeoutSeconds: values.DPO_JOB_TIMEOUT_SECONDS,
    maxDatasetBytes: Math.round(values.DPO_MAX_DATASET_SIZE_MB * 2 ** 20),
    rateLimitPerMinute: values.DPO_RATE_LIMIT_PER_MINUTE,
    allowPrivateDatasets: values.DPO_ALLOW_PRIVATE_DATASETS,
    modelMap: new Map([...values.DPO_MODEL_MAP, ...models].map(mapping)),
  };
}

function checked(given: Readonly<Record<string, unknown>>): Variables {
  const directories = refused
    .filter((name) => given[name] !== undefined)
    .map((name) => `${name}: Hone keeps all it makes in its data directory; unset it, and set HONE_DATA`);
  const result = variables.safeParse(given);
  const faults = result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  if (result.success && directories.length === 0) return result.data;
  throw new InputErrors('Cannot read the settings of the DPO service', [...directories, ...faults]);
}

function registrationOf(values: Variables): GatewayRegistration | undefined {
  const { DPO_REGISTER_URL: url, DPO_REGISTER_SECRET: secret, DPO_PUBLIC_BASE_URL: baseUrl } = values;
  if (url === undefined) return undefined;
  if (secret === undefined || baseUrl === undefined)
    throw new InputError(
      'Cannot register the DPO service: DPO_REGISTER_URL needs DPO_REGISTER_SECRET and DPO_PUBLIC_BASE_URL; set both',
    );
  return { url, secret, baseUrl, ttlSeconds: values.DPO_SERVICE_TTL_SECONDS };
}

function mapping(text: string): readonly [string, string] {
  const [, name, model] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && model !== undefined) return [name.trim(), model.trim()];
  throw new InputError(`Cannot read '${text}' as the name of a model for the DPO service; write NAME=MODEL`);
}
