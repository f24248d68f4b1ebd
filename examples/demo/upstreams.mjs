// The demo's two upstreams on loopback, every request counted:
//   POST /graphql          shipments of a logistics company (GraphQL)
//   POST /place_order      an action handler that prices an order (REST)
//   GET  /counters
import { createServer } from 'node:http';
import { buildSchema, graphql } from 'graphql';

const counters = { graphql: 0, place_order: 0 };
const states = ['packed', 'on its way', 'delivered'];
const shipment = (number) => ({ number, status: states[number.length % 3], customerId: (number.charCodeAt(3) % 5) + 1 });

const schema = buildSchema(`
  type Query { shipment(number: String!): Shipment  lateShipments: [Shipment!]! }
  type Shipment { number: String! status: String! customerId: Int! }
`);
const rootValue = {
  shipment: ({ number }) => shipment(number),
  lateShipments: () => ['TN-2', 'TN-4', 'TN-5'].map(shipment),
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const answer = (value) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
  if (request.url === '/graphql') {
    counters.graphql += 1;
    const { query, variables } = JSON.parse(body);
    return answer(await graphql({ schema, source: query, rootValue, variableValues: variables }));
  }
  if (request.url === '/place_order') {
    counters.place_order += 1;
    const { input } = JSON.parse(body);
    return answer({ accepted: true, customer_id: input.customer_id, total: input.quantity * 4.5 });
  }
  return answer(counters);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
