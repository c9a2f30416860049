"""paytechuz's own FastAPI example, as its README has it: http://127.0.0.1:8803/payments/{payme,click}/webhook.

With `confirm-id`, Click is also told the merchant_confirm_id that paytechuz leaves out.
"""

import sys
from collections.abc import Iterator
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI, Request
from paytechuz.integrations.fastapi import ClickWebhookHandler, PaymeWebhookHandler, run_migrations
from shop import HOST, KEY, ORDERS, POSTGRES, SECRET, SERVICE_ID, SOM, fresh_database, with_confirm_id
from sqlalchemy import Column, Integer, Numeric, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker

if POSTGRES is None:
    engine = create_engine(f"sqlite:///{fresh_database('paytechuz-fastapi')}", connect_args={"timeout": 20})
else:
    place = f"postgresql+psycopg2://postgres@/paytechuz_fastapi?host={POSTGRES}"
    engine = create_engine(place, pool_size=40)  # with the usual 5, more callers than that block its loop for ever
Base: Any = declarative_base()
app = FastAPI()


class Order(Base):
    __tablename__ = "orders"

    id = Column(Integer, primary_key=True, index=True)
    amount = Column(Numeric(12, 2))
    status = Column(String, default="pending")


SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)


def get_db() -> Iterator[Session]:
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


class Delivers:
    db: Session

    def successfully_payment(self, params: Any, transaction: Any) -> None:
        self._becomes(transaction, "paid")

    def cancelled_payment(self, params: Any, transaction: Any) -> None:
        self._becomes(transaction, "cancelled")

    def _becomes(self, transaction: Any, status: str) -> None:
        order: Any = self.db.query(Order).filter(Order.id == transaction.account_id).first()
        order.status = status
        self.db.commit()


class CustomPaymeWebhookHandler(Delivers, PaymeWebhookHandler):
    pass


class CustomClickWebhookHandler(Delivers, ClickWebhookHandler):
    pass


@app.post("/payments/payme/webhook")
async def payme_webhook(request: Request, db: Session = Depends(get_db)) -> Any:
    handler = CustomPaymeWebhookHandler(
        db=db,
        payme_id="587f72c72cac0d162c722ae2",
        payme_key=KEY,
        account_model=Order,
        account_field="id",
        amount_field="amount",
    )
    return await handler.handle_webhook(request)


@app.post("/payments/click/webhook")
async def click_webhook(request: Request, db: Session = Depends(get_db)) -> Any:
    handler = CustomClickWebhookHandler(
        db=db,
        service_id=SERVICE_ID,
        secret_key=SECRET,
        account_model=Order,
        account_field="id",
        amount_field="amount",
        one_time_payment=True,
    )
    answer = await handler.handle_webhook(request)
    return with_confirm_id(answer) if "confirm-id" in sys.argv else answer


def prepare() -> None:
    """The tables and the orders."""
    run_migrations(engine)
    Base.metadata.create_all(bind=engine)
    with SessionLocal() as session:
        session.add_all([Order(id=number, amount=SOM, status="pending") for number in ORDERS])
        session.commit()


if __name__ == "__main__":
    prepare()
    if "prepare" not in sys.argv:
        uvicorn.run(app, host=HOST, port=8803, log_level="warning")
