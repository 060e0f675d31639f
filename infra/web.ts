import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { ServiceFunction } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';

/** The client's files: a function that holds them, with no right to anything but its log. */
export class Web extends Construct {
  readonly definition = functionDefinitions.web;
  readonly code: ServiceFunction;

  constructor(scope: Construct, around: Surroundings) {
    super(scope, 'Web');
    this.code = new ServiceFunction(this, 'Code', around, {
      name: 'web',
      definition: this.definition,
      impact: 'The client does not open in browsers; what is installed shows what it kept.',
    });
  }
}
