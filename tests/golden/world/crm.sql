create table contacts (id int4 primary key, customer_id int8, region text, email text);
insert into contacts select i, 10 + i % 20, 'north', 'c' || i || '@example.org' from generate_series(1, 60) i;
