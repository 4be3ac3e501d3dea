lr = 0.1
for step, loss in enumerate([1.0, 0.5, 0.3333333, 1e-30]):
    print(f"step: {step}")
    print(f"loss: {loss!r}")
with open("out.txt", "w") as file:
    file.write("kept")
