// The types of content that OpenTelemetry's exporters send.

export const protobufType = 'application/x-protobuf';
export const jsonType = 'application/json';
