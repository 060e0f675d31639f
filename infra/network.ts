import { CfnOutput, Fn, Validations } from 'aws-cdk-lib';
import {
  CfnEIP,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  IpProtocol,
  type IVpc,
  NatProvider,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

/**
 * A network of its own for what connects to mail servers, so that those see addresses that stay the same: a range of
 * IPv6 (no hourly price; what has no IPv6 address is out of reach then), or one IPv4 address of a NAT gateway. A
 * container needs one in any case, and is then in the open with a public address of its own and nothing listening.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroup: SecurityGroup;
  readonly public: boolean;

  constructor(scope: Construct, id: string, egress: Config['egress']) {
    super(scope, id);
    this.public = egress === 'direct';
    const subnetType = this.public ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS;
    this.subnets = { subnetType };
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      ...(egress === 'nat' ? this.#throughOneAddress() : { natGateways: 0 }),
      subnetConfiguration: [
        ...(egress === 'nat'
          ? [{ name: 'nat', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }]
          : []),
        { name: 'work', subnetType },
      ],
      ...(egress === 'ipv6'
        ? { ipProtocol: IpProtocol.DUAL_STACK }
        : { ipAddresses: IpAddresses.cidr('10.117.0.0/16') }),
      // Without a price, and the table stays reachable by IPv4 where nothing else is.
      gatewayEndpoints: { DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB } },
      restrictDefaultSecurityGroup: false,
    });
    if (!isVpc(vpc)) throw new Error('a Vpc that is none');
    this.vpc = vpc;
    this.securityGroup = new SecurityGroup(this, 'Outbound', {
      vpc,
      description: 'Nothing comes in; what goes out is checked by the address guard in the code.',
      allowAllOutbound: true,
      allowAllIpv6Outbound: egress === 'ipv6',
    });
    if (egress === 'ipv6') {
      new CfnOutput(this, 'Ipv6Range', {
        value: Fn.select(0, vpc.vpcIpv6CidrBlocks),
        description: 'where connections to mail servers come from',
      });
    }
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'Flow logs would keep who is connected to which mail server, which is nowhere else recorded.',
    });
  }

  #throughOneAddress() {
    const address = new CfnEIP(this, 'Address', { domain: 'vpc' });
    new CfnOutput(this, 'Ipv4Address', {
      value: address.attrPublicIp,
      description: 'where connections to mail servers come from',
    });
    return {
      natGateways: 1,
      natGatewayProvider: NatProvider.gateway({ eipAllocationIds: [address.attrAllocationId] }),
    };
  }
}

/** To the compiler the class is not its own interface: it says `string | undefined` where that says `?: string`. */
function isVpc(vpc: unknown): vpc is IVpc {
  return vpc instanceof Vpc;
}
