create table customers (id int8 primary key, name text not null, region text);
create table orders (id int4 primary key, customer_id int8, total numeric, placed timestamptz, lines jsonb);
insert into customers select i, 'customer ' || i, case when i % 2 = 0 then 'north' else 'south' end
  from generate_series(11, 30) i;
insert into orders select i, 10 + i % 20, i * 1.5, timestamptz '2024-01-01' + i * interval '1 hour', '{"sku": ["a"]}'
  from generate_series(101, 160) i;
