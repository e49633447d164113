"""Payment providers: one module for each, all of them fitting `shop.payments.Provider`."""
