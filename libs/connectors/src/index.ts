export { AuthMethod, authTypes, ConnectorDefinition, Placement } from './definition';
export { Field } from './field';
export { BodyRule, HttpCheck, HttpVerification, When } from './http-verification';
export { catalog, connectorOf } from './catalog';
export { categories } from './categories';
export { fieldsOf } from './fields-of';
export { publicDefinition } from './public-definition';
export { digestOf } from './digest-of';
