// An uploaded file as OpenAI's clients see it.
import type { FileRecord } from '../../../files/index.ts';

export function fileObject({ id, bytes, createdAt, expiresAt, ...file }: FileRecord) {
  return {
    id,
    object: 'file' as const,
    bytes,
    created_at: createdAt,
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    filename: file.filename,
    purpose: file.purpose,
    status: file.status,
    ...(file.statusDetails !== undefined && { status_details: file.statusDetails }),
  };
}
