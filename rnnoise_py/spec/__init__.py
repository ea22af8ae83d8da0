"""What the contract fixes: constants, the columns of a row, numerical tables, the register of quirks."""
