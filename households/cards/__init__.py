"""卡折发放登记: cards that banks deliver for people, and to whom each was handed out (REG-10, ZLT§29)."""
