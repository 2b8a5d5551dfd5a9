import { RangeIsMalformed } from './allowed-range';
import { OutboundPolicy } from './outbound-policy';
import { EndpointIsMalformed, endpointsOf } from './own-endpoint';

describe('the ranges an operator lists', () => {
  it.each([
    '10.20.0.0',
    '10.20.0.0/33',
    '010.0.0.0/8',
    '10.20/16',
    '10.20.0.0/16:0',
    '10.20.0.0/16:65536',
    '10.20.0.0/16:',
    'fd12::/129',
    '[fd12::]/32:8443',
    'fe80::%eth0/64',
    'example.com/24',
    '*',
    '',
  ])('are refused with the item and an example when one is malformed: "%s"', (item) => {
    const listing = () => OutboundPolicy.from({ allowedCidrs: ['10.0.0.0/8', item], ownEndpoints: [] });
    expect(listing).toThrow(RangeIsMalformed);
    expect(listing).toThrow(`"${item}"`);
    expect(listing).toThrow('127.0.0.1/32:8081');
  });

  it.each([
    '10.20.3.4/16',
    '127.0.0.1/32:8081',
    'fd12:3456::/32',
    '[fd12:3456::/32]',
    '[fd12:3456::/32]:8443',
    '::1/128',
    '0.0.0.0/0',
    '::/0',
  ])('may be written as %s', (item) => {
    expect(() => OutboundPolicy.from({ allowedCidrs: [item], ownEndpoints: [] })).not.toThrow();
  });
});

describe('the endpoints of a process', () => {
  it.each([
    ['127.0.0.1:8080', [['127.0.0.1', 8080]]],
    ['postgres://patchbay:p%40ss,word@DB.example.com/patchbay?sslmode=require', [['db.example.com', 5432]]],
    [
      'esdb://user:pw@a.example.com,b.example.com:2114?tls=false',
      [
        ['a.example.com', 2113],
        ['b.example.com', 2114],
      ],
    ],
    [
      'kafka-1:9092, kafka-2:9092',
      [
        ['kafka-1', 9092],
        ['kafka-2', 9092],
      ],
    ],
    ['https://kms.example.com', [['kms.example.com', 443]]],
    ['redis://[::1]:6380', [['::1', 6380]]],
  ] as const)('are read from %s', (setting, endpoints) => {
    expect(endpointsOf(setting)).toEqual(endpoints.map(([host, port]) => ({ host, port })));
  });

  it('are refused without quoting the password when there is no port to be had', () => {
    expect(() => endpointsOf('mystery://user:hunter2@db.example.com/x')).toThrow(EndpointIsMalformed);
    expect(() => endpointsOf('mystery://user:hunter2@db.example.com/x')).not.toThrow('hunter2');
  });
});
