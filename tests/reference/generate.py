"""Writes the reference figures that the Rust tests compare with, from scikit-learn.

    pip install -r requirements.txt
    python generate.py

`titanic.json` and `iris.json` hold one entry per case: the parameters as scikit-learn names them, the terms in
column order, the coefficients, the intercepts and the training scores. `iris.csv` is scikit-learn's bundled copy
of Fisher's iris data (UCI Machine Learning Repository, CC BY 4.0); it is written here so that the tests need no
network.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

HERE = Path(__file__).resolve().parent
TIGHT = {"tol": 1e-14, "max_iter": 1_000_000}
CASES = [
    {},
    {"C": 0.01},
    {"C": 100.0},
    {"penalty": None},
    {"fit_intercept": False},
    {"class_weight": "balanced"},
    {"class_weight": "balanced", "C": 10.0, "fit_intercept": False},
    {"class_weight": {0: 1.0, 1: 3.5}},
]


def solve(x, y, parameters):
    """Fits from lbfgs's solution with Newton's method, and checks the gradient itself: both stop early silently."""
    model = LogisticRegression(solver="lbfgs", **TIGHT, **parameters).fit(x, y)
    final = LogisticRegression(solver="newton-cholesky", warm_start=True, **TIGHT, **parameters)
    final.coef_, final.intercept_, final.classes_ = model.coef_, model.intercept_, model.classes_
    final.fit(x, y)
    assert gradient(final, x, y) < 1e-7, (parameters, gradient(final, x, y))
    return final


def gradient(model, x, y):
    """The largest component of the gradient of the summed, weighted and penalised loss."""
    x = np.asarray(x, dtype=float)
    codes = np.searchsorted(model.classes_, y)
    weights = compute_sample_weight(model.class_weight, y)
    residuals = weights[:, None] * (model.predict_proba(x) - np.eye(len(model.classes_))[codes])
    if len(model.classes_) == 2:
        residuals = residuals[:, 1:]
    slopes = residuals.T @ x
    if model.penalty is not None:
        slopes += model.coef_ / model.C
    level = residuals.sum(axis=0) if model.fit_intercept else np.zeros(1)
    return max(np.abs(slopes).max(), np.abs(level).max())


def scores(model, x, y):
    """The figures of `evaluate`: binary for two classes, macro and one-against-the-rest for more."""
    predicted, probability = model.predict(x), model.predict_proba(x)
    average = "binary" if len(model.classes_) == 2 else "macro"
    ranked = probability[:, 1] if len(model.classes_) == 2 else probability
    return {
        "n": len(y),
        "accuracy": accuracy_score(y, predicted),
        "precision": precision_score(y, predicted, average=average),
        "recall": recall_score(y, predicted, average=average),
        "f1": f1_score(y, predicted, average=average),
        "roc_auc": roc_auc_score(y, ranked, multi_class="ovr"),
        "log_loss": log_loss(y, probability),
        "confusion": confusion_matrix(y, predicted).tolist(),
    }


def entry(x, y, terms, parameters):
    model = solve(x, y, parameters)
    shown = dict(parameters)
    if isinstance(shown.get("class_weight"), dict):
        shown["class_weight"] = {str(k): v for k, v in shown["class_weight"].items()}
    return {
        "parameters": shown,
        "terms": list(terms),
        "coefficients": model.coef_.tolist(),
        "intercepts": model.intercept_.tolist(),
        "scores": scores(model, x, y),
    }


def titanic():
    frame = pd.read_csv(HERE / "../../datasets/titanic.csv")
    numbers = ["Pclass", "SibSp", "Parch", "Fare"]
    recipe = ColumnTransformer(
        [
            ("plain", "passthrough", numbers),
            ("Age", SimpleImputer(strategy="median"), ["Age"]),
            ("Sex", OneHotEncoder(drop="first", sparse_output=False), ["Sex"]),
            (
                "Embarked",
                make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False)),
                ["Embarked"],
            ),
        ],
        verbose_feature_names_out=False,
    )
    recipe.set_output(transform="pandas")
    x = recipe.fit_transform(frame)
    y = frame["Survived"]
    # Without a penalty the three Embarked columns and the intercept are collinear: no single answer.
    cases = [entry(x, y, x.columns, p) for p in CASES if p.get("penalty", "l2") is not None]
    free = x.drop(columns="Embarked_C")
    cases.append(entry(free, y, free.columns, {"penalty": None}))

    scaled = ColumnTransformer(
        [
            ("Age", make_pipeline(SimpleImputer(strategy="mean"), StandardScaler()), ["Age"]),
            ("Fare", MinMaxScaler(), ["Fare"]),
            ("Pclass", OneHotEncoder(sparse_output=False), ["Pclass"]),
        ],
        verbose_feature_names_out=False,
    )
    scaled.set_output(transform="pandas")
    x = scaled.fit_transform(frame)
    return {"cases": cases, "scaled": entry(x, y, x.columns, {})}


def iris():
    data = load_iris(as_frame=True)
    frame = data.frame.rename(columns=lambda c: c.replace(" (cm)", "").replace(" ", "_"))
    frame["species"] = [str(data.target_names[t]) for t in frame.pop("target")]
    frame.to_csv(HERE / "iris.csv", index=False, lineterminator="\n")
    x, y = frame.drop(columns="species"), frame["species"]
    cases = [
        {},
        {"C": 0.01},
        {"C": 100.0},
        {"fit_intercept": False},
        {"class_weight": "balanced"},
        {"class_weight": {"setosa": 1.0, "versicolor": 2.0, "virginica": 0.5}},
    ]
    return {"cases": [entry(x, y, x.columns, p) for p in cases]}


for name, figures in [("titanic", titanic()), ("iris", iris())]:
    (HERE / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")
