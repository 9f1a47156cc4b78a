// The element types of safetensors: their size and the typed array that holds their elements.

/** One element type. `array` holds the elements as they are stored: 16-bit floats and 8-bit floats as their bits. */
type ElementFormat = { readonly bytes: number; readonly array: RawArrayConstructor };

/** A typed array of any kind that a tensor's stored elements fit. */
export type RawArray =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

type RawArrayConstructor = new (buffer: ArrayBuffer) => RawArray;

const formats = {
  F64: { bytes: 8, array: Float64Array },
  F32: { bytes: 4, array: Float32Array },
  F16: { bytes: 2, array: Uint16Array },
  BF16: { bytes: 2, array: Uint16Array },
  F8_E4M3: { bytes: 1, array: Uint8Array },
  F8_E5M2: { bytes: 1, array: Uint8Array },
  F8_E8M0: { bytes: 1, array: Uint8Array },
  I64: { bytes: 8, array: BigInt64Array },
  U64: { bytes: 8, array: BigUint64Array },
  I32: { bytes: 4, array: Int32Array },
  U32: { bytes: 4, array: Uint32Array },
  I16: { bytes: 2, array: Int16Array },
  U16: { bytes: 2, array: Uint16Array },
  I8: { bytes: 1, array: Int8Array },
  U8: { bytes: 1, array: Uint8Array },
  BOOL: { bytes: 1, array: Uint8Array },
} as const satisfies Readonly<Record<string, ElementFormat>>;

/** An element type by its safetensors name. */
export type Dtype = keyof typeof formats;

/** Names of all element types, for messages. */
export const dtypes: readonly string[] = Object.keys(formats);

/** Whether a name is that of an element type. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(formats, name);
}

/** Bytes of one element. */
export function dtypeBytes(dtype: Dtype): number {
  return formats[dtype].bytes;
}

/** A typed array over a buffer that holds exactly the tensor's bytes. */
export function rawArray(dtype: Dtype, buffer: ArrayBuffer): RawArray {
  return new formats[dtype].array(buffer);
}
