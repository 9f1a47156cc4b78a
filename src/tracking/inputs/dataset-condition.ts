// What a comparison about datasets means for a run, as SQL on the row `r` of the table of runs.
import { type Expression, type SqlBool, sql } from 'kysely';
import { type Comparison, type DialectName, textCondition } from '../../store/index.ts';

/** The tag of an input that says what its run uses it for. */
export const contextTag = 'mlflow.data.context';

/** True for runs with a dataset whose `name`, `digest` or `context` compares so. */
export function datasetCondition(
  comparison: Pick<Comparison, 'key' | 'operator' | 'value'>,
  dialect: DialectName,
): Expression<SqlBool> {
  const { key } = comparison;
  if (key === 'context') {
    const condition = textCondition(sql.ref('dt.value'), comparison, dialect);
    return sql`exists (select 1 from dataset_inputs as di join dataset_input_tags as dt on dt.input = di.id and dt.key = ${contextTag}
      where di.run = r.id and ${condition})`;
  }
  if (key !== 'name' && key !== 'digest') throw new RangeError(`No column for the dataset's '${key}'`);
  const condition = textCondition(sql.ref(`d.${key}`), comparison, dialect);
  return sql`exists (select 1 from dataset_inputs as di join datasets as d on d.id = di.dataset where di.run = r.id and ${condition})`;
}
