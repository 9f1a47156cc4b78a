// A refusal as exporters of OpenTelemetry get it from MLflow's server: a status and a sentence.

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 400 | 422;

  constructor(status: 400 | 422, message: string) {
    super(message);
    this.status = status;
  }
}
