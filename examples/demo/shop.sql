create table orders (
  id int primary key, customer_id int, item text not null, amount numeric(10, 2) not null, tracking_no text);
insert into orders values
  (1, 1, 'Walnut board', 84.00, 'TN-1'), (2, 1, 'Wood glue', 9.50, 'TN-2'), (3, 2, 'Marking gauge', 31.25, null),
  (4, 3, 'Dovetail saw', 119.00, 'TN-4'), (5, null, 'Gift card', 50.00, null), (6, 2, 'Beech mallet', 27.90, 'TN-1');
