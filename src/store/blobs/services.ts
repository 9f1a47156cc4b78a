// What opendal is told for an address: which service, which bucket or container, and the credentials of the environment.
import { InputError } from '../../core/index.ts';
import { artifactPath } from './artifact-path.ts';

/** A service and its options, in opendal's names. */
export type Service = { readonly scheme: string; readonly options: Readonly<Record<string, string>> };

/** Where credentials come from. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Address = { readonly uri: string; readonly host: string; readonly environment: Environment };

/** The spellings of addresses. */
const services: Readonly<Record<string, (address: Address) => Service>> = {
  s3: s3Service,
  gs: gcsService,
  azblob: azureService,
  wasb: azureService,
  wasbs: azureService,
  abfs: azureService,
  abfss: azureService,
};

/** Schemes of object stores, as they are written before `://`. */
export const objectStoreSchemes: readonly string[] = Object.keys(services);

/** The service that `SCHEME://BUCKET/PREFIX` names; InputError when the address or the environment does not say enough. */
export function serviceFor(uri: string, environment: Environment): Service {
  const [, scheme = '', host = '', prefix = ''] = /^([a-z0-9]+):\/\/([^/?#]+)\/*([^?#]*)$/.exec(uri) ?? [];
  const build = services[scheme];
  if (build === undefined)
    throw new InputError(
      `Cannot keep files in '${withoutSecrets(uri)}': it is not SCHEME://BUCKET/PREFIX with a scheme of ${objectStoreSchemes.join(', ')}; correct the address`,
    );
  if (host.includes('@') && build !== azureService)
    throw new InputError(
      `Cannot keep files in '${withoutSecrets(uri)}': an address holds no credentials; put them into the environment`,
    );
  const { scheme: service, options } = build({ uri, host, environment });
  const folder = prefix.replace(/\/+$/, '');
  return { scheme: service, options: present({ ...options, root: folder && `/${artifactPath(folder)}` }) };
}

function s3Service({ uri, host, environment }: Address): Service {
  const endpoint =
    environment.MLFLOW_S3_ENDPOINT_URL ?? environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  if (region === undefined && endpoint === undefined)
    throw new InputError(`Cannot keep files in '${uri}': the region is not known; set AWS_REGION`);
  const options = {
    bucket: host,
    // A server that is not Amazon's asks for some region, and seldom cares which.
    region: region ?? 'us-east-1',
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    access_key_id: environment.AWS_ACCESS_KEY_ID,
    secret_access_key: environment.AWS_SECRET_ACCESS_KEY,
    session_token: environment.AWS_SESSION_TOKEN,
    // Keys of the environment win over what the machine's files and services would say.
    disable_config_load: environment.AWS_ACCESS_KEY_ID && 'true',
    disable_ec2_metadata: isTrue(environment.AWS_EC2_METADATA_DISABLED) ? 'true' : undefined,
  };
  return { scheme: 's3', options: present(options) };
}

function gcsService({ host, environment }: Address): Service {
  const emulator = environment.STORAGE_EMULATOR_HOST;
  const options = {
    bucket: host,
    credential_path: environment.GOOGLE_APPLICATION_CREDENTIALS,
    endpoint: emulator && (emulator.includes('://') ? emulator : `http://${emulator}`),
    allow_anonymous: emulator && 'true',
    disable_vm_metadata: emulator && 'true',
  };
  return { scheme: 'gcs', options: present(options) };
}

/** `CONTAINER` with the account in the environment, or `CONTAINER@ACCOUNT.blob.core.windows.net` (or `.dfs.`). */
function azureService({ uri, host, environment }: Address): Service {
  const [container = '', server] = host.split('@');
  const connection = parseConnectionString(environment.AZURE_STORAGE_CONNECTION_STRING ?? '');
  const account =
    server?.split('.')[0] ??
    connection.AccountName ??
    environment.AZURE_STORAGE_ACCOUNT_NAME ??
    environment.AZURE_STORAGE_ACCOUNT;
  if (account === undefined)
    throw new InputError(
      `Cannot keep files in '${uri}': the storage account is not known; set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT`,
    );
  const suffix = connection.EndpointSuffix ?? 'core.windows.net';
  // Accounts with folders (Data Lake) serve the same files under their blob address.
  const named = server && `https://${server.replace('.dfs.', '.blob.')}`;
  const options = {
    container,
    account_name: account,
    endpoint: connection.BlobEndpoint ?? named ?? `https://${account}.blob.${suffix}`,
    account_key:
      connection.AccountKey ?? environment.AZURE_STORAGE_ACCESS_KEY ?? environment.AZURE_STORAGE_KEY,
    sas_token: connection.SharedAccessSignature ?? environment.AZURE_STORAGE_SAS_TOKEN,
  };
  return { scheme: 'azblob', options: present(options) };
}

function parseConnectionString(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(';').map((part): [string, string] => {
    const equals = part.indexOf('=');
    return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}

/** The options that have a value: opendal reads an empty one as given. */
function present(options: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(options).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  return Object.fromEntries(given);
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

/** An address as it may be shown. */
function withoutSecrets(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, '//...@').replace(/\?.*$/, '?...');
}
