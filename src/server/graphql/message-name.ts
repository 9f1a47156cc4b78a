// Names of GraphQL fields as those of MLflow's messages.

/** `runUuid` is `run_uuid`. */
export function messageName(fieldName: string): string {
  return fieldName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
