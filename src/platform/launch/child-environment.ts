// The environment of a run's process: what programs need to work, and nothing that could be a secret.

/** Variables that are handed on. */
const allowed: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'LANGUAGE',
  'TZ',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'NODE_COMPILE_CACHE',
  'OMP_NUM_THREADS',
  // Windows does not start a program without these
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'PROCESSOR_ARCHITECTURE',
  'NUMBER_OF_PROCESSORS',
];

/** Beginnings of names that are handed on: languages, accelerators, and by what services are told apart. */
const allowedPrefixes: readonly string[] = ['LC_', 'CUDA_', 'NVIDIA_', 'ROCR_', 'HIP_', 'COLAB_', 'KAGGLE_'];

/** Names under the prefixes that hold secrets all the same. */
const secretName = /TOKEN|SECRET|KEY|PASSWORD|CREDENTIAL/;

/** The part of an environment that a run's process gets. */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const entries = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value !== undefined && isAllowed(name.toUpperCase()) ? [[name, value]] : [],
  );
  return Object.fromEntries(entries);
}

function isAllowed(name: string): boolean {
  if (allowed.includes(name)) return true;
  return allowedPrefixes.some((prefix) => name.startsWith(prefix)) && !secretName.test(name);
}
