create table customers (id int primary key, name text not null, city text not null);
insert into customers values
  (1, 'Ada Byron', 'London'), (2, 'Grace Hopper', 'Arlington'), (3, 'Edsger Dijkstra', 'Rotterdam'),
  (4, 'Barbara Liskov', 'Boston'), (5, 'Kathleen Booth', 'Stourbridge');
