// Models, versions and audit entries as JSON: exact times, null for what is not there.
import type { AuditEntry, ModelVersion, RegisteredModel } from '../../../app/index.ts';

export function modelRecord(model: RegisteredModel) {
  return {
    name: model.name,
    description: model.description ?? null,
    createdAt: time(model.createdAt),
    updatedAt: time(model.updatedAt),
    stage: model.stage,
    currentVersion: model.currentVersion ?? null,
    tags: tagRecord(model.tags),
    aliases: Object.fromEntries(model.aliases.map(({ alias, version }) => [alias, version])),
    latestVersions: model.latestVersions.map(({ version, stage }) => ({ version, stage })),
  };
}

export function versionRecord(version: ModelVersion) {
  return {
    name: version.name,
    version: version.version,
    semanticVersion: version.semanticVersion ?? null,
    description: version.description ?? null,
    stage: version.stage,
    lifecycle: version.lifecycle,
    status: version.status,
    createdAt: time(version.createdAt),
    updatedAt: time(version.updatedAt),
    source: version.source,
    storageLocation: version.storageLocation,
    runId: version.runId ?? null,
    loggedModelId: version.loggedModelId ?? null,
    aliases: version.aliases,
    tags: tagRecord(version.tags),
  };
}

export function auditRecord(entry: AuditEntry) {
  return {
    at: time(entry.at),
    by: entry.by ?? null,
    reason: entry.reason ?? null,
    action: entry.action,
    name: entry.name,
    version: entry.version ?? null,
    subject: entry.subject ?? null,
    before: entry.before ?? null,
    after: entry.after ?? null,
  };
}

function tagRecord(tags: readonly { readonly key: string; readonly value: string }[]) {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function time(at: number): string {
  return new Date(at).toISOString();
}
