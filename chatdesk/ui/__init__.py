"""What people see, as platform-neutral data: cards, forms, views and their wording."""
