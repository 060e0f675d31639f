import { CfnOutput } from 'aws-cdk-lib';
import {
  CfnApiMapping,
  DomainName,
  type HttpApi,
  type HttpStage,
  IpAddressType,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';

/**
 * Gives the API a name of the operator's. In a zone of Route 53 the certificate and the record are made; elsewhere the
 * certificate is given, and the deploy tells where the record is to point.
 */
export function ownDomain(
  scope: Construct,
  { api, stage, config }: { readonly api: HttpApi; readonly stage: HttpStage; readonly config: Config },
): void {
  const zone =
    config.hostedZone === ''
      ? undefined
      : // Named like the domain, records without a name of their own are records of the domain.
        HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
          hostedZoneId: config.hostedZone,
          zoneName: config.domain,
        });
  const certificate =
    zone === undefined
      ? Certificate.fromCertificateArn(scope, 'Certificate', config.certificate)
      : new Certificate(scope, 'Certificate', {
          domainName: config.domain,
          validation: CertificateValidation.fromDns(zone),
        });
  const domain = new DomainName(scope, 'Domain', {
    domainName: config.domain,
    certificate,
    ipAddressType: IpAddressType.DUAL_STACK,
  });
  const mapping = new CfnApiMapping(scope, 'Mapping', {
    apiId: api.apiId,
    domainName: domain.name,
    stage: stage.stageName,
  });
  mapping.node.addDependency(stage);
  if (zone === undefined) {
    new CfnOutput(scope, 'PointTheRecordTo', { value: domain.regionalDomainName });
    return;
  }
  const target = RecordTarget.fromAlias(
    new ApiGatewayv2DomainProperties(domain.regionalDomainName, domain.regionalHostedZoneId),
  );
  new ARecord(scope, 'RecordIpv4', { zone, target });
  new AaaaRecord(scope, 'RecordIpv6', { zone, target });
}
