import { expect, it } from 'vitest';
import { metricTable } from '../../../shared/core/metrics.ts';
import { assembly } from '../../support/assembly.ts';
import { Synthesized } from '../../support/synthesized.ts';

it('shows the operator every figure that the service gives of itself', async () => {
  const [dashboard] = new Synthesized(await assembly()).ofType('AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(dashboard?.properties['DashboardBody']);
  const shown = Object.keys(metricTable).filter((name) => body.includes(`\\"${name}\\"`));
  expect(shown).toEqual(Object.keys(metricTable));
});
