// The content type of a file by its name, as MLflow's server says it: what is readable is plain text.

const text = new Set(
  'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst MLmodel mlproject'.split(
    ' ',
  ),
);

const types: Readonly<Record<string, string>> = {
  aac: 'audio/aac',
  avif: 'image/avif',
  bmp: 'image/bmp',
  css: 'text/css',
  geojson: 'application/geo+json',
  gif: 'image/gif',
  h5: 'application/x-hdf5',
  htm: 'text/html',
  html: 'text/html',
  ico: 'image/vnd.microsoft.icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  pdf: 'application/pdf',
  png: 'image/png',
  sh: 'text/x-sh',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  wasm: 'application/wasm',
  wav: 'audio/x-wav',
  webm: 'video/webm',
  webp: 'image/webp',
  zip: 'application/zip',
  zst: 'application/zstd',
};

/** The content type of a file. */
export function mediaType(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  const extension = dot <= 0 ? fileName : fileName.slice(dot + 1);
  if (text.has(extension)) return 'text/plain';
  // `.gitignore` has no extension, and `x.tar.gz` is a tar that is compressed.
  if (dot <= 0) return 'application/octet-stream';
  const inner = extension === 'gz' ? fileName.slice(0, dot) : undefined;
  const name = inner === undefined ? extension : inner.slice(inner.lastIndexOf('.') + 1);
  return types[name.toLowerCase()] ?? 'application/octet-stream';
}
