// Whether the optional package `opendal` is here: tests of object stores are skipped without it. `npm i --no-save opendal@0.47.11` brings it.

export const opendalIsMissing: boolean = await import('opendal').then(
  () => false,
  () => true,
);
