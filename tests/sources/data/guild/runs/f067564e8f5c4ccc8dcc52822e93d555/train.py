lr = 0.1
for step, loss in enumerate([1.0, 0.5, 0.3333333, 1e-30]):
    print("step: %d" % step)
    print("loss: %r" % loss)
open("out.txt", "w").write("kept")
